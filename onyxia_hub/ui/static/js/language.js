// Whoever changes the language comes back to the same page.
document.querySelector("[data-onyxia-here]").value = window.location.pathname + window.location.search;
