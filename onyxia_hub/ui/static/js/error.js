// A redirect loop that the hub broke off leaves its counter in the address; without it, a reload
// starts afresh.
const address = new URL(window.location.href);
if (address.searchParams.has("redirects")) {
  address.searchParams.delete("redirects");
  window.history.replaceState({}, "", address);
}
