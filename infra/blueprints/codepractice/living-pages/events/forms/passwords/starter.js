document.querySelector("form").addEventListener("submit", (event) => {
});
