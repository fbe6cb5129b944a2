// Node's SDK in the matrix: asks a server for every fault, and prints what became of each call as JSON.
//
//     client.mjs BASE_URL < cells.json
//
// A cell is [fault, api, mode, tools], as in client.py. The SDK is looked for below the working directory.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.cwd() + "/"));
const { OpenAI } = require("openai");

// Milliseconds for which the client waits for something to come; the short one where nothing will.
const PATIENCE = 20_000;
const SHORT = 300;
const patienceOf = (fault) => (["hang", "stall"].includes(fault) ? SHORT : PATIENCE);
const USUAL = ["chat", "responses"].flatMap((api) => [false, true].map((tools) => ["", api, "whole", tools]));
const TEXT = "What's the weather in Zürich?";
const PARAMETERS = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const FUNCTION = { name: "get_weather", description: "The weather of a city.", parameters: PARAMETERS };

function bodyOf(api, mode, tools) {
  const stream = mode === "stream";
  if (api === "chat") {
    const body = { model: "gpt-4o", messages: [{ role: "user", content: TEXT }], stream };
    return tools ? { ...body, tools: [{ type: "function", function: FUNCTION }] } : body;
  }
  const body = { model: "gpt-4o", input: TEXT, stream };
  return tools ? { ...body, tools: [{ type: "function", strict: false, ...FUNCTION }] } : body;
}

class Told {
  static usual = {};
  events = 0;
  finish = "";
  odd = "";
  text = "";
  refused = false;
  calls = {};

  hear(data, api) {
    this.events += 1;
    if (typeof data !== "object" || data === null) {
      this.odd = typeof data;
    } else if (api === "chat") {
      for (const choice of data.choices ?? []) {
        this.finish = choice.finish_reason || this.finish;
        this.hearChat(choice.delta ?? choice.message ?? {});
      }
    } else if (data.type === "error") {
      this.odd = "error event";
    } else if (data.type === "response.output_text.delta") {
      this.text += data.delta;
    } else {
      const response = data.response ?? data;
      if (response.object && ["completed", "incomplete", "failed"].includes(response.status)) {
        this.finish = response.incomplete_details?.reason || response.status;
        this.hearResponse(response, "response" in data);
      }
    }
  }

  hearChat(said) {
    this.text += said.content ?? "";
    this.refused ||= Boolean(said.refusal);
    (said.tool_calls ?? []).forEach((call, number) => {
      const heard = (this.calls[call.index ?? number] ??= ["", ""]);
      heard[0] += call.function.name ?? "";
      heard[1] += call.function.arguments ?? "";
    });
  }

  hearResponse(response, streamed) {
    (response.output ?? []).forEach((item, number) => {
      if (item.type === "function_call") this.calls[number] = [item.name, item.arguments];
      for (const part of item.content ?? []) {
        this.refused ||= part.type === "refusal";
        if (!streamed) this.text += part.text ?? "";
      }
    });
  }

  what(api) {
    if (this.refused) return ", refusal";
    const calls = Object.values(this.calls);
    if (calls.length) return ", " + calls.map(called).join(" ");
    if (!this.text) return ", nothing said";
    return this.text === (Told.usual[api] ??= this.text) ? "" : ", another text";
  }

  outcome(error, api, mode) {
    if (error) return error.constructor.name;
    if (this.odd) return `taken: ${this.odd}`;
    if (!this.finish) return mode === "stream" ? "taken: a truncated stream" : "taken: an answer without its end";
    return `answer: ${this.finish}${this.what(api)}`;
  }
}

function called([name, args]) {
  let given;
  try {
    given = JSON.parse(args);
  } catch {
    return `${name}(no JSON)`;
  }
  return name !== "get_weather" || typeof given?.city === "string" ? `${name}()` : `${name}(misfit)`;
}

class Hangs extends Error {} // what the table says of a client that doesn't give up

async function ask(client, [fault, api, mode, tools]) {
  const told = new Told();
  const leave = new AbortController();
  const work = (async () => {
    const create = api === "chat" ? client.chat.completions : client.responses;
    const options = { headers: { "X-Mock-Fault": fault }, signal: leave.signal, timeout: patienceOf(fault) };
    const answer = await create.create(bodyOf(api, mode, tools), options);
    if (mode === "stream") for await (const said of answer) told.hear(said, api);
    else told.hear(answer, api);
  })();
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Hangs()), 4 * patienceOf(fault));
  });
  try {
    await Promise.race([work, patience]);
    return told.outcome(null, api, mode);
  } catch (error) {
    return told.outcome(error, api, mode);
  } finally {
    clearTimeout(timer);
    leave.abort();
    work.catch(() => {});
  }
}

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "sk-test-of-a-fault-0123", maxRetries: 0 });
const outcomes = [];
for (const cell of [...USUAL, ...JSON.parse(readFileSync(0, "utf-8"))]) outcomes.push(await ask(client, cell));
process.stdout.write(JSON.stringify(outcomes.slice(USUAL.length)));
process.exit(0);
