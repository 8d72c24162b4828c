// The commands that do what "My files" does.
import { curl, quoted } from "./command.js";
import { t } from "./words.js";

/**
 * Return the commands for one folder.
 *
 * @param {{place: {endpoint: string, bucket: string, prefix: string}, folder: string, file: string, path: string}} shown
 *   file: name of a file in it; path: REST address of the folder.
 */
export function folderCommands({ place, folder, file, path }) {
  const below = `${place.bucket}/${place.prefix}${folder}`;
  const url = `s3://${below}`;
  const aws = (...words) => `aws --endpoint-url ${quoted(place.endpoint)} s3 ${words.join(" ")}`;
  return [
    said(t("Keys for these programs: “My account”, “Connect from anywhere”")),
    said(t("What is here"), aws("ls", quoted(url))),
    said(t("Upload"), aws("cp", quoted(file), quoted(url))),
    said(t("Download"), aws("cp", quoted(`${url}${file}`), ".")),
    said(t("A link for an hour"), aws("presign", quoted(`${url}${file}`), "--expires-in 3600")),
    said(t("Move or rename"), aws("mv", quoted(`${url}${file}`), quoted(`${url}NEW-NAME`))),
    said(t("Delete"), aws("rm", quoted(`${url}${file}`))),
    said(t("What is here, with the MinIO client"), `mc ls ${quoted(`s3/${below}`)}`),
    said(t("What is here, through the hub"), curl({ method: "GET", path })),
  ].join("\n\n");
}

function said(text, command) {
  return [`# ${text}`, ...(command ? [command] : [])].join("\n");
}
