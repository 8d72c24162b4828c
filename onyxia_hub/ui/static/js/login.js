// The login page warns where what is typed could be read on the way.
if (!window.isSecureContext) document.getElementById("insecure-login-warning")?.classList.remove("hidden");
