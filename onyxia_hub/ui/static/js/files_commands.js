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
  const url = `s3://${place.bucket}/${place.prefix}${folder}`;
  const aws = (...words) => `aws --endpoint-url ${quoted(place.endpoint)} s3 ${words.join(" ")}`;
  return [
    `# ${t("Keys for these programs: “My account”, “Connect from anywhere”")}`,
    `# ${t("What is here")}\n${aws("ls", quoted(url))}`,
    `# ${t("Upload")}\n${aws("cp", quoted(file), quoted(url))}`,
    `# ${t("Download")}\n${aws("cp", quoted(`${url}${file}`), ".")}`,
    `# ${t("A link for an hour")}\n${aws("presign", quoted(`${url}${file}`), "--expires-in 3600")}`,
    `# ${t("Delete")}\n${aws("rm", quoted(`${url}${file}`))}`,
    `# ${t("The same with the MinIO client")}\nmc ls ${quoted(`s3/${place.bucket}/${place.prefix}${folder}`)}`,
    `# ${t("The same through the hub, with a token of yours")}\n${curl({ method: "GET", path })}`,
  ].join("\n\n");
}
