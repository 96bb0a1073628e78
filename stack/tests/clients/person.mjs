// A person at the portal, without script: follows redirects, keeps cookies, fills forms.
import { load } from "cheerio";

export class Person {
    #cookies = new Map();

    constructor({ username, password, patient }) {
        Object.assign(this, { username, password, patient });
    }

    // Walks from an authorization URL to the address the app is sent back to.
    async authorize(url, appOrigin) {
        let page = await this.#open(url, {}, appOrigin);
        for (let step = 0; step < 6 && !page.returned; step += 1) {
            page = await this.#submit(page, appOrigin);
        }
        if (!page.returned) throw new Error("the portal did not send the person back");
        return page.returned;
    }

    async #open(url, options, appOrigin) {
        for (let hop = 0; hop < 10; hop += 1) {
            if (new URL(url).origin === appOrigin) return { returned: url };
            const response = await fetch(url, { ...options, redirect: "manual", headers: { ...options.headers, cookie: this.#cookieHeader() } });
            this.#keep(response);
            const location = response.headers.get("location");
            if (!location) return { url, $: load(await response.text()), status: response.status };
            url = new URL(location, url).href;
            options = {};
        }
        throw new Error("too many redirects");
    }

    #cookieHeader() {
        return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    }

    #keep(response) {
        for (const cookie of response.headers.getSetCookie()) {
            const [pair] = cookie.split(";");
            const at = pair.indexOf("=");
            this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
        }
    }

    async #submit({ url, $, status }, appOrigin) {
        const chooser = $(`[data-patient-id="${this.patient}"]`);
        const button = [$("#sign-in"), $("#authorize"), chooser].find((one) => one.length > 0);
        if (!button) throw new Error(`nothing to press (${status}): ${$("body").text().slice(0, 400)}`);
        const form = button.closest("form");
        const fields = new URLSearchParams();
        for (const field of form.find("input, select").toArray().map((one) => $(one))) {
            const kind = field.attr("type") ?? "text";
            if (!field.attr("name") || (["checkbox", "radio"].includes(kind) && field.attr("checked") === undefined)) continue;
            fields.append(field.attr("name"), this[field.attr("name")] ?? field.attr("value") ?? "on");
        }
        if (button.attr("name")) fields.append(button.attr("name"), button.attr("value") ?? "");
        const action = new URL(form.attr("action") ?? "", url).href;
        return this.#open(action, { method: "POST", body: fields, headers: { origin: new URL(url).origin } }, appOrigin);
    }
}
