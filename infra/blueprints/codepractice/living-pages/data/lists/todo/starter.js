const form = document.querySelector("form");
