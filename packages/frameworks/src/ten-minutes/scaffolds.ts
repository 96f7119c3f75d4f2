/**
 * The ways to a chat that the documents print for newcomers. A scaffold names sections, and what is special about it; all
 * commands and files come from the documents when it is followed.
 */
import type {Page} from 'playwright-core';
import {readBlocks} from '../readmes.ts';
import type {CodeBlock} from '../readmes.ts';

export interface Scaffold {
  readonly name: string;
  /** In the order in which a reader goes through them. */
  readonly steps: readonly Step[];
  /**
   * The app that the reader has before, in place of the one that the document's `create` command makes: a command that
   * makes an older one, or a folder in `fixtures`, because the command would download a template from the web.
   */
  readonly app?: {readonly command: string} | {readonly fixture: string};
  /** What the reader has beside Node, by its package on npm. */
  readonly program?: string;
  /** Whose versions are told. */
  readonly packages: readonly string[];
  /** A wrong type in a printed file, which the printed command refuses. */
  readonly mistake?: {
    readonly file: string;
    readonly from: string;
    readonly to: string;
    readonly command: string;
  };
  /** What the visitor does before there is a chat. */
  readonly arrive?: (page: Page) => Promise<void>;
  /** Takes minutes: only in the full run. */
  readonly slow?: true;
}

export interface Step {
  /** From the root. */
  readonly document: string;
  /** A heading; empty for what stands above the first one below the title. */
  readonly section: string;
  /** The server's terminal is in a folder of its own. */
  readonly terminal: 'server' | 'app';
  /** Which of the section's blocks; by default all of them. */
  readonly blocks?: (block: Pick<CodeBlock, 'language' | 'file' | 'code'>, index: number) => boolean;
}

const readme = (name: string) => `packages/${name}/README.md`;
const page = (name: string) => `packages/guide/pages/${name}.md`;
const first = (_: unknown, index: number) => index === 0;

const ownServer: Step = {document: readme('server'), section: '@chatlet/server', terminal: 'server', blocks: first};
const react = (section: string, blocks?: Step['blocks']): readonly Step[] => [
  {document: readme('react'), section: '@chatlet/react', terminal: 'server'},
  {document: readme('react'), section, terminal: 'app', ...(blocks && {blocks})},
];
const vue = (section: string): readonly Step[] => [
  {document: readme('vue'), section: '@chatlet/vue', terminal: 'server'},
  {document: readme('vue'), section, terminal: 'app'},
];
const tags = (blocks: NonNullable<Step['blocks']>): readonly Step[] => [
  ownServer,
  {document: readme('widget'), section: 'In frameworks', terminal: 'app', blocks},
];

/** The blocks that all readers need, and the file and the command of one runtime. */
function inRuntime(program: string): NonNullable<Step['blocks']> {
  return ({file, code}) => code.startsWith('npm ') || code.startsWith(program) || file === `${program}-server.js`;
}

const wrongInReact = {
  file: 'src/App.tsx',
  from: 'endpoint="',
  to: 'endpoint={8000} title="',
  command: 'npm run build',
};

export const scaffolds: readonly Scaffold[] = [
  {
    name: 'Vite, React 19',
    steps: react('Vite', ({code}) => !code.includes('vite@5')),
    packages: ['react', 'vite', 'typescript'],
    mistake: wrongInReact,
  },
  {
    name: 'Vite, React 18',
    steps: react('Vite', ({code}) => !code.includes('vite@latest')),
    packages: ['react', 'vite', 'typescript'],
    mistake: wrongInReact,
  },
  {
    name: 'Next',
    steps: react('Next'),
    packages: ['next', 'react', 'typescript'],
    mistake: {...wrongInReact, file: 'app/page.tsx'},
    slow: true,
  },
  {
    name: 'Vite, Vue',
    steps: vue('Vite'),
    packages: ['vue', 'vite', 'vue-tsc'],
    mistake: {file: 'src/App.vue', from: ':endpoint="endpoint"', to: ':endpoint="8000"', command: 'npm run build'},
  },
  {
    name: 'Vite, the tag in React 19',
    app: {command: 'npm create --yes vite@latest my-app -- --template react-ts --no-interactive'},
    steps: tags(({language, file}) => language === 'sh' || file === 'src/App.tsx'),
    packages: ['react', 'vite', 'typescript'],
    mistake: wrongInReact,
  },
  {
    name: 'Vite, the tag in Vue',
    app: {command: 'npm create --yes vite@latest my-app -- --template vue-ts --no-interactive'},
    steps: tags(({file}) => file !== 'src/App.tsx'),
    packages: ['vue', 'vite', 'vue-tsc'],
    mistake: {file: 'src/App.vue', from: ':endpoint="endpoint"', to: ':endpoint="8000"', command: 'npm run build'},
  },
  {
    name: 'Nuxt',
    app: {fixture: 'nuxt-app'},
    steps: vue('Nuxt'),
    packages: ['nuxt', 'vue', 'vue-tsc'],
    mistake: {file: 'app/app.vue', from: ':endpoint="endpoint"', to: ':endpoint="8000"', command: 'npx nuxt typecheck'},
    slow: true,
  },
  {
    name: 'SvelteKit',
    steps: [ownServer, {document: readme('widget'), section: 'In SvelteKit', terminal: 'app'}],
    packages: ['@sveltejs/kit', 'svelte', 'vite'],
    mistake: {
      file: 'src/routes/+page.svelte',
      from: 'endpoint="',
      to: 'endpoint={8000} title="',
      command: 'npm run check',
    },
  },
  {
    name: 'A page of HTML',
    steps: [
      {document: page('website'), section: '1. Start the server', terminal: 'server'},
      {document: page('website'), section: '2. Put it on your site', terminal: 'app'},
    ],
    packages: [],
  },
  {
    name: 'Express, with a session',
    steps: [{document: readme('server'), section: 'For the users of your site', terminal: 'app'}],
    packages: ['express', 'express-session', 'typescript'],
    mistake: {
      file: 'server.ts',
      from: '{user: req.session.user}',
      to: '{user: 1}',
      command: 'npx tsc --noEmit --strict --module nodenext --types node server.ts',
    },
    arrive: async (visited) => {
      await visited.getByRole('textbox', {name: 'Name'}).fill('ada');
      await visited.getByRole('button', {name: 'Sign in'}).click();
    },
  },
  ...['bun', 'deno'].map((program) => ({
    name: program === 'bun' ? 'Bun' : 'Deno',
    program,
    steps: [
      {
        document: readme('server'),
        section: 'In Bun and Deno',
        terminal: 'app' as const,
        blocks: inRuntime(program),
      },
    ],
    packages: [program],
  })),
  {
    name: 'Express, as the guide begins',
    steps: [
      {document: page('backend'), section: '1. Start it', terminal: 'app'},
      {document: page('backend'), section: '3. Put it into your own app', terminal: 'app'},
    ],
    packages: ['express'],
  },
];

/** The blocks of a document that a step prints. */
export function blocksOf({document, section, blocks: isMeant = () => true}: Step): readonly CodeBlock[] {
  return readBlocks([document])
    .filter((block) => block.section === section)
    .filter(isMeant);
}

/** The commands of a block of shell, without comments. */
export function commandsOf({language, code}: CodeBlock): readonly string[] {
  if (language !== 'sh') return [];
  return code
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#\s.*$/, '').trim())
    .filter((line) => line !== '');
}
