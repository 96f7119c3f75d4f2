/** The contestants: their names, packages and versions. */
import {readFileSync} from 'node:fs';

export interface Contestant {
  readonly name: string;
  /** The packages; the results quote their versions. */
  readonly packages: readonly string[];
  readonly how: string;
  /** A whole widget brings its own scrolling and typing; an engine gets the shell's. A site is one of `site.ts`. */
  readonly kind: 'engine' | 'widget' | 'site';
}

/** The commit with which our whole chat is compared. */
export const commitBefore = 'c5fffd5';

export const contestants: readonly Contestant[] = [
  {name: 'ours', packages: ['@chatlet/widget', 'marked'], how: 'the streaming engine, token by token', kind: 'engine'},
  {name: 'ours-element', packages: ['@chatlet/widget'], how: 'our whole chat, `<chatlet-chat>`', kind: 'widget'},
  {name: 'element-before', packages: [], how: `the same at ${commitBefore}`, kind: 'widget'},
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
  {name: 'plain-site', packages: [], how: 'a page with an article and no chat', kind: 'site'},
  {name: 'launcher-site', packages: [], how: 'that page with our script tag and a closed launcher', kind: 'site'},
  {name: 'inline-site', packages: [], how: 'that page with our script tag and `<chatlet-chat>`', kind: 'site'},
  {name: 'deep-chat-site', packages: ['deep-chat'], how: "that page with deep-chat's bundle and its tag", kind: 'site'},
];

/** The version of a package as it is installed here. */
export function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  );
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error(`${name} has no version.`);
}
