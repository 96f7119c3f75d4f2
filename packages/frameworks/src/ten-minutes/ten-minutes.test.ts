/**
 * A newcomer follows the documents from an empty folder to a chat in a browser. `npm test` follows one way, which the printed
 * seed chooses among those that are quick; the full run follows all.
 */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import {sampling} from '../../../e2e/src/sampling.ts';
import {readBlocks} from '../readmes.ts';
import {blocksOf, commandsOf, scaffolds} from './scaffolds.ts';
import {follow, isOffline, openTools} from './ten-minutes.ts';

const makesApp = (command: string) => /^(?:npm create|npx (?:--yes )?(?:sv create|create-))/.test(command);

/** What answers the questions of npm, or npx, and of the program that it runs. Seen in a terminal, where stdin is one. */
const answers: readonly {readonly of: RegExp; readonly flags: RegExp}[] = [
  {of: / vite@latest /, flags: /^npm create --yes .* -- .*--template \S+ --no-interactive$/},
  // Asks only for what is missing, and does not know the other flag.
  {of: / vite@5 /, flags: /^npm create --yes .* -- --template \S+$/},
  {of: / create-next-app@/, flags: /^npx --yes .* --yes\b/},
  {of: / nuxt@/, flags: /^npm create --yes .* -- --template \S+ --packageManager \S+ --no-gitInit --no-modules$/},
  {of: / sv create /, flags: /^npx --yes .* --template \S+ --types \S+ --no-add-ons --install \S+$/},
];

suite('the first ten minutes', () => {
  test('every way begins with commands, and comes to a page by commands of the document', () => {
    for (const {name, steps} of scaffolds) {
      const printed = steps.map((step) => blocksOf(step));
      assert.ok(
        printed.flat().some(({file}) => file !== undefined),
        name,
      );
      for (const [index, blocks] of printed.entries()) {
        assert.ok(blocks.flatMap(commandsOf).length > 0, `${name}: ${JSON.stringify(steps[index])}`);
      }
    }
  });

  test('every command that makes an app in a README is followed, or replaced by an app with the same name', () => {
    const followed = new Set(scaffolds.flatMap(({steps}) => steps.flatMap(blocksOf).flatMap(commandsOf)));
    const printed = readBlocks(['packages/*/README.md']).flatMap(commandsOf);
    const making = printed.filter(makesApp);
    assert.ok(making.length >= 5, making.join('\n'));
    assert.deepEqual(
      making.filter((command) => !followed.has(command) || !command.includes(' my-app')),
      [],
    );
  });

  test('every command that makes an app asks nothing, because the answer would be the next line that a reader pastes', () => {
    const making = readBlocks().flatMap(commandsOf).filter(makesApp);
    assert.ok(making.length >= 5, making.join('\n'));
    assert.deepEqual(
      making.filter((command) => !answers.some(({of, flags}) => of.test(command) && flags.test(command))),
      [],
    );
  });

  const {runs, random, tellResult} = sampling('ways of the documents to a chat', 1);
  const quick = scaffolds.filter(({slow}) => slow !== true);
  const shuffled = quick.map((scaffold) => ({scaffold, place: random()})).toSorted((a, b) => a.place - b.place);

  for (const {scaffold} of shuffled.slice(0, runs)) {
    test(`${scaffold.name}: what the document prints leads to a chat, and to a build that refuses a wrong type`, async (t) => {
      await using tools = await openTools();
      try {
        const {install, build, firstAnswer, versions} = await follow(scaffold, tools);
        const with_ = versions.length > 0 ? ` (${versions.join(', ')})` : '';
        const seconds = [install, build, firstAnswer].map((each) => each.toFixed(0));
        tellResult(
          `${scaffold.name}${with_}: install ${seconds[0]} s, build ${seconds[1]} s, first answer after ${seconds[2]} s`,
        );
      } catch (error) {
        if (!isOffline(error)) throw error;
        t.skip('NOT RUN: the npm registry cannot be reached, and npm’s cache lacks a package.');
      }
    });
  }
});
