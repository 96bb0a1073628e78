"use strict";
(() => {
  const bar = document.getElementById("filter");
  const box = document.getElementById("words");
  const told = document.getElementById("told");
  const buttons = [...bar.querySelectorAll("button")];
  const checks = [...document.querySelectorAll("details.check")];
  const sections = [...document.querySelectorAll("section.group")];
  let outcome = "";
  const apply = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const check of checks) {
      const text = check.firstElementChild.textContent.toLowerCase();
      const fits = (!outcome || check.dataset.outcome === outcome) && words.every((word) => text.includes(word));
      check.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const section of sections) section.hidden = !section.querySelector("details.check:not([hidden])");
    told.textContent = shown + " of " + checks.length;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      outcome = outcome === button.value ? "" : button.value;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other.value === outcome));
      apply();
    });
  }
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
    if (target) target.scrollIntoView();
  };
  box.addEventListener("input", apply);
  addEventListener("hashchange", open);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) { event.preventDefault(); box.focus(); }
  });
  bar.hidden = false;
  apply();
  open();
})();
