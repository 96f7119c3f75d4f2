/**
 * Finds the Chromium that the tests drive, or installs one; and a Firefox and a WebKit, which few tests need. Knows nothing
 * of the tests.
 *
 * Order: `CHROME_PATH`, Chromium's headless shell, which has the same engine and needs a third less of the processor, the
 * usual places of Chrome and Chromium, then Playwright's download. The headless shell is installed from Debian's package if
 * this process may do so (with root or sudo); if no browser can be had, the error says how to get one.
 */
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {homedir} from 'node:os';
import {delimiter, join} from 'node:path';
import {toSpawn} from './shell.mjs';

const headlessShell = 'chromium-headless-shell';
const names = [headlessShell, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

const firefoxPlaces = [
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/** Arguments for a headless run without a sandbox and without the browser's own background traffic. */
export const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {string | undefined} the path of an installed browser */
function lookUp() {
  return process.env.CHROME_PATH ?? [...onPath(names), ...places, ...playwrightDownloads()].find(existsSync);
}

/** @returns {string | undefined} the path of an installed Firefox: that of `FIREFOX_PATH`, or else one in a usual place */
export function findFirefox() {
  return process.env.FIREFOX_PATH ?? [...onPath(['firefox-esr', 'firefox']), ...firefoxPlaces].find(existsSync);
}

/**
 * @typedef {object} WebKitPrograms
 * @property {string} driver - The program that takes WebDriver's commands.
 * @property {string} browser - The browser that it starts.
 * @property {string} display - The program that is its screen.
 */

/**
 * WebKit and what it needs, or what of that is missing. It is optional, since only Linux has it.
 * @returns {WebKitPrograms | {missing: string}}
 */
export function findWebKit() {
  const driver = onPath(['WebKitWebDriver']).find(existsSync);
  const display = onPath(['Xvfb']).find(existsSync);
  const folder = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const versions = ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0'];
  const browser = versions.map((version) => join(folder, version, 'MiniBrowser')).find(existsSync);
  if (!driver || !browser) return {missing: 'WebKitWebDriver with its MiniBrowser'};
  return display ? {driver, browser, display} : {missing: 'Xvfb'};
}

/** @param {readonly string[]} programs */
function onPath(programs) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin');
  return folders.flatMap((folder) => programs.map((program) => join(folder, program)));
}

/** What the folders in Playwright's downloads are called on this system, now and in older versions, and the program in them. */
const playwrightFolders = {
  linux: {name: /^chrome-linux/, program: 'chrome'},
  win32: {name: /^chrome-win/, program: 'chrome.exe'},
  darwin: {
    name: /^chrome-mac/,
    program: 'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  },
};

function cacheFolder() {
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}

/**
 * The paths of Chromium in Playwright's downloads.
 * @param {string} [root]
 * @param {NodeJS.Platform} [platform]
 * @returns {string[]}
 */
export function playwrightDownloads(
  root = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(cacheFolder(), 'ms-playwright'),
  platform = process.platform,
) {
  const known = playwrightFolders[platform];
  if (!known || !existsSync(root)) return [];
  const versions = readdirSync(root).filter((name) => /^chromium-\d+$/.test(name));
  return versions.flatMap((version) =>
    readdirSync(join(root, version))
      .filter((name) => known.name.test(name))
      .map((name) => join(root, version, name, known.program)),
  );
}

/**
 * The path of the browser to test with.
 * @returns {string}
 * @throws {Error} when no browser is installed, saying how to get one
 */
export function findBrowser() {
  const found = lookUp();
  if (found) return found;
  throw new Error(
    'No Chrome or Chromium found. Install one (Debian: apt-get install chromium) or set CHROME_PATH to its executable.',
  );
}

/**
 * Finds a browser and tries to install a better one if it is not the best to test with. Throws as `findBrowser` does if
 * there is none in the end.
 */
export function ensureBrowser() {
  if (process.env.CHROME_PATH || onPath([headlessShell]).some(existsSync)) return findBrowser();
  const fonts = ['fonts-liberation', 'fonts-dejavu-core'];
  installFromDebian(headlessShell, ...fonts);
  if (!lookUp()) installFromDebian('chromium', ...fonts);
  if (!lookUp()) runEach([['npx', '--yes', 'playwright-core', 'install', 'chromium']]);
  return findBrowser();
}

/**
 * Says that tests in Firefox have not run because there is none. Where `CI` is set, that is a failure: the gate installs it.
 * @param {string} what
 */
export function reportNoFirefox(what) {
  const message = `NOT RUN: ${what} in Firefox. Install it (Debian: apt-get install firefox-esr) or set FIREFOX_PATH.`;
  if (process.env.CI) throw new Error(message);
  console.warn(message);
}

/** Finds a Firefox, or installs Debian's. Without one, the tests in Firefox say that they have not run. */
export function ensureFirefox() {
  if (!findFirefox()) installFromDebian('firefox-esr');
}

/** Finds WebKit, or installs Debian's. Without it, the journey in WebKit says that it has not run. */
export function ensureWebKit() {
  if ('missing' in findWebKit()) installFromDebian('webkit2gtk-driver', 'xvfb');
}

/** @param {string[]} packages */
function installFromDebian(...packages) {
  if (process.platform !== 'linux') return;
  const apt = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  runEach([
    [...apt, 'update'],
    [...apt, 'install', '-y', '--no-install-recommends', ...packages],
  ]);
}

/**
 * Runs commands one after the other, up to the first that fails.
 * @param {string[][]} commands
 */
function runEach(commands) {
  for (const command of commands) {
    console.log(`To test in a browser: ${command.join(' ')}`);
    const [file, args, options] = toSpawn(command);
    const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
    const ran = spawnSync(file, args, {stdio: 'inherit', env, ...options});
    if (ran.error || ran.status !== 0) return;
  }
}
