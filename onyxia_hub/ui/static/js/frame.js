// What JupyterHub's own scripts expect of a page (its templates/page.html), from attributes: the
// pages forbid scripts in the HTML. No module, for those scripts come right after it.
(() => {
  const { base, prefix, user, admin, form, xsrf, version, scripts } = document.currentScript.dataset;
  window.require.config({
    ...(version && { urlArgs: `v=${version}` }),
    baseUrl: scripts,
    paths: {
      components: "../components",
      jquery: "../components/jquery/dist/jquery.min",
      "js-sha256": "../components/js-sha256/build/sha256.min",
      moment: "../components/moment/moment",
    },
  });
  window.jhdata = {
    base_url: base,
    prefix,
    ...(user !== undefined && { user }),
    admin_access: admin !== undefined,
    options_form: form !== undefined,
    xsrf_token: xsrf,
  };
})();
