/**
 * The packages of others whose code is in ours: npm installs none of them, so only this knows that they are there. Needs a
 * build.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** What packages/server/scripts/packed-files.mjs copies, and what the pages of the guide are made with. */
const inServer = {server: ['gpt-tokenizer', '@orama/stemmers', 'swagger-ui-dist'], guide: ['@astrojs/starlight']};

/**
 * @typedef {object} Bundled
 * @property {string} name
 * @property {string} version
 * @property {string} license an SPDX expression
 * @property {readonly string[]} inside names of our packages
 */

/**
 * @typedef {object} Sbom as CycloneDX has it, with what is needed here
 * @property {readonly {readonly 'bom-ref': string, readonly name: string, readonly version: string}[]} components
 * @property {readonly {readonly ref: string, readonly dependsOn: readonly string[]}[]} dependencies
 */

/** @returns {readonly Bundled[]} */
export function bundledPackages() {
  // The server has the widget's scripts, too.
  const ofScripts = readScripts().map((each) => ({...each, inside: ['@chatlet/widget', '@chatlet/server']}));
  const ofServer = Object.entries(inServer).flatMap(([owner, names]) =>
    names.map((name) => ({...readManifest(owner, name), inside: ['@chatlet/server']})),
  );
  return [...ofScripts, ...ofServer];
}

/** The libraries in the script tag, from the file of licences beside it. */
function readScripts() {
  const licences = readFileSync(join(packages, 'widget/dist/browser/chatlet/licenses.md'), 'utf8');
  return [...licences.matchAll(/^## (\S+) - (\S+) \((.+)\)$/gm)].map(([, name, version, license]) => ({
    name,
    version,
    license,
  }));
}

function readManifest(owner, name) {
  const {version, license} = JSON.parse(
    readFileSync(join(packages, owner, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return {name, version, license};
}

/**
 * A bill of materials of npm with bundled packages as further components, each a dependency of the packages that it is inside.
 * @param {Sbom} sbom
 * @param {readonly Bundled[]} bundled
 * @returns {Sbom}
 */
export function addBundled(sbom, bundled) {
  const refOf = ({name, version}) => `${name}@${version}`;
  const known = new Set(sbom.components.map((component) => component['bom-ref']));
  const added = bundled.filter((each) => !known.has(refOf(each)));
  const components = added.map(({name, version, license}) => ({
    'bom-ref': refOf({name, version}),
    type: 'library',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    properties: [{name: 'cdx:npm:package:bundled', value: 'true'}],
    licenses: [{expression: license}],
  }));
  const dependencies = sbom.dependencies.map((each) => {
    const inside = bundled.filter((one) => one.inside.some((name) => each.ref.startsWith(`${name}@`))).map(refOf);
    return {...each, dependsOn: [...new Set([...(each.dependsOn ?? []), ...inside])]};
  });
  return {
    ...sbom,
    components: [...sbom.components, ...components],
    dependencies: [...dependencies, ...added.map((each) => ({ref: refOf(each), dependsOn: []}))],
  };
}
