// Starts one of JupyterHub's own scripts, which its templates do by a script in the HTML.
window.require([document.currentScript.dataset.require]);
