/** The contestants: their names, packages and versions. */
import {readFileSync} from 'node:fs';

export interface Contestant {
  readonly name: string;
  /** The packages; the results quote their versions. */
  readonly packages: readonly string[];
  readonly how: string;
  /** A whole widget brings its own scrolling and typing; an engine gets the shell's. */
  readonly kind: 'engine' | 'widget';
}

export const contestants: readonly Contestant[] = [
  {name: 'ours', packages: ['@chatlet/widget', 'marked'], how: 'the streaming engine, token by token', kind: 'engine'},
  {name: 'ours-element', packages: ['@chatlet/widget'], how: 'our whole chat, `<chatlet-chat>`', kind: 'widget'},
  {name: 'smd', packages: ['streaming-markdown'], how: 'token by token, no sanitising', kind: 'engine'},
  {
    name: 'smd-frame',
    packages: ['streaming-markdown'],
    how: 'once a frame, `content-visibility` on messages',
    kind: 'engine',
  },
  {
    name: 'marked-frame',
    packages: ['marked', 'dompurify'],
    how: 'the whole answer rendered and sanitised once a frame',
    kind: 'engine',
  },
  {
    name: 'streamdown',
    packages: ['streamdown', 'react', 'tailwindcss'],
    how: 'as its README shows it, without highlighting',
    kind: 'engine',
  },
  {name: 'deep-chat', packages: ['deep-chat'], how: 'the widget with its own stream reader', kind: 'widget'},
  {name: 'floor-pre', packages: [], how: 'plain text in one `<pre>`', kind: 'engine'},
];

/** The version of a package as it is installed here. */
export function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  );
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error(`${name} has no version.`);
}
