document.querySelector("button").addEventListener("click", async () => {
});
