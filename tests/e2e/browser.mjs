// Home Assistant in a headless Chromium: does what people do, and tells what they would see.
//
//   node browser.mjs SCENARIO '{"url": ..., "shots": ..., ...}'
//
// prints what it saw as JSON. What it looked like is kept in the folder `shots`.

import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const { chromium } = createRequire(join(here, "../../.cache/browser/"))("playwright-core");

const translations = "../../custom_components/twcmanager/translations/en.json";
const texts = JSON.parse(readFileSync(join(here, translations)));

const [scenario, json] = process.argv.slice(2);
const options = JSON.parse(json);
const programs = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
  process.env.PATH.split(":").map((folder) => join(folder, name)),
);

const browser = await chromium.launch({
  executablePath: programs.find(existsSync),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1500, height: 1250 } });
page.setDefaultTimeout(30_000);
const errors = [];
page.on("pageerror", (error) => errors.push(String(error)));

const shot = (name) => page.screenshot({ path: join(options.shots, `${name}.png`) });
const button = (name) => page.getByRole("button", { name }).first();
const words = (locator) =>
  locator.evaluateAll((all) =>
    all.map((each) => {
      const text = `${each.shadowRoot?.textContent ?? ""} ${each.textContent}`;
      return text.replace(/\s+/g, " ").trim();
    }),
  );

// Wait for `read` to return something true, and return that.
async function until(read, what, seconds) {
  const end = Date.now() + 1000 * seconds;
  let seen;
  while (!(seen = await read())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await page.waitForTimeout(250);
  }
  return seen;
}

async function logIn() {
  await page.goto(options.url);
  await page.locator("input[name=username]").fill(options.user);
  await page.locator("input[name=password]").fill(options.password);
  await page.keyboard.press("Enter");
  await page.locator("ha-sidebar").waitFor({ state: "attached" });
}

// Open a page of Home Assistant, the browser being logged in.
async function open(path) {
  await page.goto(options.url + path);
  await page.locator("ha-sidebar").waitFor({ state: "attached" });
}

// --- dashboard -----------------------------------------------------------------------

const tiles = () => words(page.locator("hui-tile-card ha-tile-info"));
const amps = (name, all) =>
  all.filter((each) => each.startsWith(name)).map((each) => parseFloat(each.slice(name.length)));

async function dashboard() {
  await logIn();
  await page.locator("hui-tile-card").first().waitFor();
  const charging = await until(
    async () => {
      const seen = await tiles();
      const draws = amps("Current", seen);
      return draws.length === options.units && draws.some((each) => each > 5) && seen;
    },
    "a car charges",
    options.patience,
  );
  await page.locator("hui-history-graph-card canvas").first().waitFor();
  await page.waitForTimeout(2000);
  await shot("dashboard");
  const before = amps("Current", charging).join();
  const later = await until(
    async () => {
      const seen = await tiles();
      return amps("Current", seen).join() !== before && seen;
    },
    "the current changes",
    options.patience,
  );
  const broken = await words(page.locator("hui-error-card, hui-warning"));
  return { url: page.url(), charging, later, broken };
}

// --- config flow ---------------------------------------------------------------------

const dialog = page.locator("dialog-data-entry-flow");

// Hand in a form.
function submit(step) {
  const name = texts.config.step[step].submit ?? "Submit";
  return dialog.getByRole("button", { name, exact: true }).click();
}

// Wait for a step of the flow to be shown, and return all that can be read.
async function arrive(step, name) {
  await dialog.getByText(texts.config.step[step].title, { exact: true }).first().waitFor();
  await page.waitForTimeout(600);
  await shot(`flow-${name}`);
  return dialog.ariaSnapshot();
}

async function beginFlow() {
  await open("/config/integrations/dashboard");
  await button("Add integration").click();
  await page.getByText("Select brand").waitFor();
  await page.getByLabel("Search").last().fill("TWCManager");
  await page.locator("ha-integration-list-item").first().click();
  return arrive("user", "menu");
}

// Choose from a menu.
const choose = (option, step = "user") =>
  dialog.getByText(texts.config.step[step].menu_options[option]).click();

async function finish(name) {
  await button("Skip and finish").waitFor();
  await page.waitForTimeout(600);
  await shot(`flow-${name}`);
  const created = await dialog.ariaSnapshot();
  await button("Skip and finish").click();
  await dialog.getByRole("dialog").waitFor({ state: "hidden" });
  return created;
}

async function simulator() {
  await logIn();
  const menu = await beginFlow();
  await choose("simulator");
  const form = await arrive("simulator", "simulator");
  await submit("simulator");
  return { menu, form, created: await finish("simulator-added") };
}

async function serial() {
  await logIn();
  const menu = await beginFlow();
  await choose("serial");
  await arrive("serial", "port");
  await button("Port").click();
  await page.getByRole("option", { name: "Enter manually" }).click();
  await page.getByRole("textbox", { name: "Port" }).fill(options.port);
  await submit("serial");
  await dialog.getByRole("progressbar").waitFor();
  await arrive("scan", "scan");
  const units = await arrive("units", "units");
  await submit("units");
  const wiring = await arrive("wiring", "wiring");
  const limits = dialog.getByRole("spinbutton");
  for (const [index, limit] of options.limits.entries()) await limits.nth(index).fill(`${limit}`);
  await submit("wiring");
  await dialog.getByRole("alert").first().waitFor();
  const refused = await arrive("wiring", "refused");
  await limits.nth(options.refused).fill("6");
  await submit("wiring");
  const sources = await arrive("sources", "sources");
  await submit("sources");
  const check = await arrive("check", "check");
  await choose("accept", "check");
  return { menu, units, wiring, refused, sources, check, created: await finish("added") };
}

// --- device page ---------------------------------------------------------------------

const rows = () => words(page.locator("ha-device-entities-card hui-generic-entity-row"));

async function devices() {
  await logIn();
  const seen = {};
  for (const { name, id, entities, changes } of options.devices) {
    await open(`/config/devices/device/${id}`);
    const before = await until(
      async () => {
        const read = await rows();
        return read.length >= entities && read;
      },
      `${entities} entities of ${name}`,
      30,
    );
    await page.waitForTimeout(1500);
    await shot(`device-${name}`);
    seen[name] = before;
    if (!changes) continue;
    const changed = async () => (await rows()).join() !== before.join();
    await until(changed, `a value of ${name} changes`, options.patience);
  }
  return { devices: seen };
}

// -------------------------------------------------------------------------------------

try {
  const seen = await { dashboard, simulator, serial, devices }[scenario]();
  console.log(JSON.stringify({ ...seen, errors }));
} catch (error) {
  await shot(`failed-${scenario}`);
  console.error(error, errors, await page.locator("body").ariaSnapshot());
  process.exitCode = 1;
} finally {
  await browser.close();
}
