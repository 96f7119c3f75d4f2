/** What the playground asks for: a field for each attribute and for each property of the looks. Data only. */

export interface Field {
  /** The attribute, or the CSS property. */
  readonly name: string;
  /** `lines` is a list, a line for each item; `switch` is there or not; `choice` has its default first. */
  readonly kind: 'text' | 'number' | 'lines' | 'switch' | 'colour' | 'choice';
  /** The value that needs no code; empty unless a choice or a colour says it. */
  readonly usual?: string;
  readonly choices?: readonly string[];
  /** What stands in the empty field. */
  readonly hint?: string;
  readonly launcherOnly?: true;
}

const choice = (name: string, ...choices: readonly string[]): Field => ({
  name,
  kind: 'choice',
  choices,
  usual: choices[0] ?? '',
});
const text = (name: string, hint = ''): Field => ({name, kind: 'text', hint});
const onOff = (name: string): Field => ({name, kind: 'switch'});
const ofLauncher = (field: Field): Field => ({...field, launcherOnly: true});

export const fields: readonly Field[] = [
  ofLauncher(
    choice(
      'position',
      'bottom-end',
      'bottom-start',
      'bottom-left',
      'bottom-right',
      'top-end',
      'top-start',
      'top-left',
      'top-right',
    ),
  ),
  ofLauncher(text('offset-x', '20px')),
  ofLauncher(text('offset-y', '20px')),
  ofLauncher(onOff('open')),
  text('heading'),
  text('subheading'),
  text('greeting'),
  text('introduction'),
  {name: 'starters', kind: 'lines', hint: 'One a line'},
  text('placeholder'),
  text('disclaimer'),
  text('ai-notice', 'that an AI answers; off for none'),
  text('contact', 'an address of the web or of mail'),
  choice('theme', '', 'light', 'dark'),
  {name: '--chatlet-accent', kind: 'colour', usual: '#2f6f5e'},
  text('--chatlet-accent-ink', 'black or white'),
  text('--chatlet-background', 'white, or nearly black'),
  text('--chatlet-ink', 'nearly black, or white'),
  text('--chatlet-radius', '18px'),
  text('--chatlet-density', '1'),
  text('--chatlet-font-family', 'the system’s'),
  text('--chatlet-font-size', '15px'),
  text('--chatlet-font-mono', 'the system’s'),
  onOff('page-font'),
  ofLauncher(text('--chatlet-launcher-size', '58px')),
  ofLauncher(text('--chatlet-launcher-inset', '20px')),
  ofLauncher(text('--chatlet-panel-width', '400px')),
  ofLauncher(text('--chatlet-panel-height', '660px')),
  // The page adds the languages that the chat speaks.
  choice('lang', ''),
  choice('dir', '', 'ltr', 'rtl'),
  choice('api', 'chatlet', 'openai', 'responses', 'ollama', 'ag-ui', 'ai-sdk', 'typed-events', 'content'),
  text('endpoint', 'this server'),
  choice('credentials', 'omit', 'same-origin', 'include'),
  text('model'),
  {name: 'history-limit', kind: 'number', hint: 'all'},
  onOff('answer-cache'),
  choice('history', 'auto', 'drawer', 'off'),
  choice('storage', 'local', 'session', 'none'),
  choice('consent', '', 'required', 'granted'),
  onOff('temporary'),
  onOff('search'),
  text('section', '/docs/'),
  onOff('math'),
  choice('webmcp', '', 'take', 'offer', 'both'),
];
