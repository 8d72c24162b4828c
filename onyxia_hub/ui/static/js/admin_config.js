// What JupyterHub's administration page reads (its templates/admin.html).
window.api_page_limit = Number(document.currentScript.dataset.pageLimit);
window.base_url = document.currentScript.dataset.base;
