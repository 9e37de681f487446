const tabs = [...document.querySelectorAll("[role=tab]")];
