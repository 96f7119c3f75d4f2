/** That the workflows of GitHub run what is there, with the Node and the pnpm that this repository asks for. */
import assert from 'node:assert/strict';
import {existsSync, globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {node, pnpm} from './toolchain.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
}
const manifests = ['package.json', ...globSync('packages/*/package.json', {cwd: root})].map(
  (path) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
);

const workflows = globSync('.github/workflows/*.yml', {cwd: root}).map((file) => ({
  file,
  text: readFileSync(join(root, file), 'utf8'),
}));

/** The lines that the steps give to a shell: after `run:`, and of a block below `run: |`. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^( +)- run: (?:\|\n((?:\1 {2,}.+\n)+)|(.+)\n)/gm)].flatMap(([, , block, line = '']) =>
    (block ?? line)
      .split('\n')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  );
}

/** What is wrong with a command: a script or a file that is missing, another pnpm, or a program that nothing knows. */
function complain(command: string): string | undefined {
  const [program, ...words] = command.split(/\s+/);
  if (program === 'git') return undefined;
  if (program === 'node') return existsSync(join(root, words[0] ?? '')) ? undefined : 'no such file';
  if (program === 'npm' && words[0] === 'install') {
    return words.join(' ') === `install --global ${pnpm.install}` ? undefined : 'another pnpm';
  }
  if (program !== 'npm' && program !== 'pnpm') return 'an unknown program';
  if (words[0] === 'install') return undefined;
  const isFiltered = words[0] === '--filter';
  const owner = manifests.find(({name}) => name === (isFiltered ? words[1] : 'chatlet'));
  const script = words.slice(isFiltered ? 2 : 0).find((word) => word !== 'run') ?? '';
  return owner?.scripts?.[script] === undefined ? 'no such script' : undefined;
}

test('every command of a workflow is there, and every pnpm is the one that the toolchain asks for', () => {
  assert.ok(workflows.length >= 3);
  const complaints = workflows.flatMap(({file, text}) => {
    const commands = commandsOf(text);
    assert.ok(commands.length > 0 && commands.length >= (text.match(/\brun:/g) ?? []).length, file);
    return commands.flatMap((command) => {
      // Built by the step before it.
      const complaint = command.includes('/dist/') ? undefined : complain(command);
      return complaint === undefined ? [] : [`${file}: ${command}: ${complaint}`];
    });
  });
  assert.deepEqual(complaints, []);
});

test('the gate runs on three systems, and what publishes is run by the Node of the toolchain, with provenance', () => {
  const read = (name: string) => workflows.find(({file}) => file.endsWith(name))?.text ?? '';
  assert.match(read('gate.yml'), /os: \[ubuntu-latest, macos-latest, windows-latest\]\n\s+node: \[22, 24, 26\]/);
  for (const name of ['release.yml', 'newest-marked.yml', 'weekly.yml']) {
    assert.match(read(name), new RegExp(`node-version: ${node.major}$`, 'm'));
  }
  // Read by pnpm, which publishes: `NPM_CONFIG_PROVENANCE` would be ignored.
  assert.match(read('release.yml'), /^ +PNPM_CONFIG_PROVENANCE: 'true'$/m);
  assert.match(read('release.yml'), /^ +id-token: write$/m);
});

test('each week runs parts of the full run that the gate leaves out', () => {
  const {text = ''} = workflows.find(({file}) => file.endsWith('weekly.yml')) ?? {};
  const [, list = ''] = /\n +part:\n((?: +- .+\n)+)/.exec(text) ?? [];
  const chosen = [...list.matchAll(/- (.+)/g)].map(([, part = '']) => part);
  const parts = JSON.parse(readFileSync(join(root, 'scripts/full-run.json'), 'utf8')) as readonly {name: string}[];
  assert.ok(chosen.length >= 4, chosen.join(', '));
  assert.deepEqual(
    chosen.filter((begin) => !parts.some(({name}) => name.startsWith(begin))),
    [],
  );
});

test('git gives every system the same line ends', () => {
  assert.match(readFileSync(join(root, '.gitattributes'), 'utf8'), /^\* text=auto eol=lf$/m);
});
