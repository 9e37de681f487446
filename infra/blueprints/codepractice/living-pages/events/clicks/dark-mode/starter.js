const button = document.querySelector("button");
