document.body.textContent = window.API;
