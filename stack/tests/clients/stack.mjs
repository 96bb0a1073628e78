// A stack of our own on free ports, in memory; S4S names the program.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const program = process.env.S4S;

export async function startStack() {
    const child = spawn(program, ["--ephemeral", "--fhir-port", "0", "--authz-port", "0", "--patients", "0"], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const said = {};
    for await (const line of createInterface({ input: child.stdout })) {
        const [, name, value] = /^ {2}(FHIR server|authorization) +(\S+)$/.exec(line) ?? [];
        if (name) said[name] = value;
        if (line.startsWith("ready")) break;
    }
    if (!said.authorization) throw new Error(`${program} ended before it was ready`);
    return { fhir: said["FHIR server"], issuer: said.authorization, stop: () => child.kill() };
}
