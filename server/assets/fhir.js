// Reads on with an access token that is kept in the memory of this page only. Without this script
// the pages work as they are; only what needs a token cannot be shown.
"use strict";
(() => {
  let token = "";

  const say = (text) => {
    const state = document.getElementById("token-state");
    if (state) state.textContent = text;
  };

  const isOurs = (url) => {
    const base = document.getElementById("main").dataset.base;
    return url.href === base || url.href.startsWith(base + "/");
  };

  const isPage = (url) => !/[?&]_format=(json|xml)/.test(url.search) && !url.pathname.includes("/.well-known/");

  // Shows the answer in place of this page's content.
  const show = async (url, push) => {
    say("Reading …");
    let response;
    try {
      response = await fetch(url, { headers: { Accept: "text/html", Authorization: "Bearer " + token } });
    } catch {
      say("The server cannot be reached.");
      return;
    }
    const type = response.headers.get("Content-Type") || "";
    if (!type.startsWith("text/html")) {
      const blob = await response.blob();
      location.assign(URL.createObjectURL(blob));
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.getElementById("main").replaceWith(page.getElementById("main"));
    document.title = page.title;
    if (push) history.pushState({ fhir: true }, "", url);
    prepare();
    say(response.ok ? "This page was read with your token." : "The server refused: " + response.status + ".");
    window.scrollTo(0, 0);
  };

  const prepare = () => {
    for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
    const form = document.getElementById("token");
    if (!form) return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      token = document.getElementById("token-text").value.trim();
      if (token) show(location.href, false);
    });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !token || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const url = new URL(link.href);
    if (!isOurs(url)) return;
    event.preventDefault();
    if (isPage(url)) show(url.href, true);
    else open_as_file(url);
  });

  // JSON and XML need the token too; the browser shows them from memory.
  const open_as_file = async (url) => {
    const response = await fetch(url, { headers: { Authorization: "Bearer " + token } });
    const text = await response.text();
    location.assign(URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" })));
  };

  window.addEventListener("popstate", () => {
    if (token) show(location.href, false);
    else location.reload();
  });

  prepare();
})();
