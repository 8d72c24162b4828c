// Pages that wait for the hub: a stopping service, and one that starts again by itself.
const start = document.querySelector("[data-onyxia-start-after]");
if (start) {
  const seconds = Number(start.dataset.onyxiaStartAfter);
  window.setTimeout(() => window.location.assign(start.href), 1000 * seconds);
}

const waiting = document.querySelector("[data-onyxia-reload-after]");
if (waiting) {
  const seconds = Number(waiting.dataset.onyxiaReloadAfter);
  window.setTimeout(() => window.location.reload(), 1000 * seconds);
}
