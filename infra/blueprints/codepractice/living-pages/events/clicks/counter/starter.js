const n = document.querySelector("#n");
