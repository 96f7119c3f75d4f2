/**
 * The options, methods and events of ChatKit for a `<chatlet-chat>`: what a page said to `<openai-chatkit>` it says to
 * this. Options for which there is nothing are named in the console and in what `setOptions` returns.
 */

/** Options of ChatKit, and the attributes that they become. A function makes the value; `null` leaves the attribute out. */
const attributes = {
  'api.url': ['endpoint', String],
  locale: ['lang', String],
  theme: ['theme', (theme) => (typeof theme === 'string' ? theme : (theme.colorScheme ?? null))],
  initialThread: ['chat-id', String],
  'header.title.text': ['heading', String],
  'history.enabled': ['history', (on) => (on ? null : 'off')],
  'startScreen.greeting': ['greeting', String],
  'startScreen.prompts': ['starters', (prompts) => JSON.stringify(prompts.map(textOfPrompt))],
  'composer.placeholder': ['placeholder', String],
  'disclaimer.text': ['disclaimer', String],
};

/** Options that are as in ChatKit without being set. */
const asTheyAre = new Set([
  'api.domainKey',
  'header.enabled',
  'header.title.enabled',
  'history.showDelete',
  'history.showRename',
  'threadItemActions.retry',
  'thread.autoScroll',
]);

/** Parts of a theme, and the custom properties that they become. */
const colours = {
  'color.accent.primary': '--chatlet-accent',
  'color.surface.background': '--chatlet-background',
  'color.surface.foreground': '--chatlet-ink',
  'typography.fontFamily': '--chatlet-font-family',
};
const radii = {pill: '24px', round: '18px', soft: '10px', sharp: '0px'};

/**
 * @param {HTMLElement} chat a `<chatlet-chat>`
 * @param {object} options as for ChatKit's `setOptions`
 * @returns {readonly string[]} options for which there is nothing
 */
export function setOptions(chat, options) {
  const unknown = [];
  if (typeof options.api?.fetch === 'function') unknown.push('api.fetch');
  if (options.api?.getClientSecret) chat.token = options.api.getClientSecret;
  for (const [name, value] of leaves(options)) {
    const [attribute, print] = attributes[name] ?? [];
    if (attribute) {
      const text = print(value);
      if (text === null) chat.removeAttribute(attribute);
      else chat.setAttribute(attribute, text);
    } else if (!asTheyAre.has(name) && name !== 'api.getClientSecret' && name !== 'api.fetch') unknown.push(name);
  }
  if (typeof options.theme === 'object') unknown.push(...setTheme(chat, options.theme));
  if (unknown.length > 0) console.warn(`Chatlet has nothing for these options of ChatKit: ${unknown.join(', ')}.`);
  return unknown;
}

/** The names of ChatKit's methods. */
export const methods = {
  setThreadId: (chat, id) => void (chat.chatId = id ?? ''),
  sendUserMessage: (chat, {text}) => chat.send(text),
  focusComposer: (chat) => chat.focusComposer(),
};

/** ChatKit's events, by ours. */
const events = {
  'chatlet-send': 'chatkit.response.start',
  'chatlet-answered': 'chatkit.response.end',
  'chatlet-chat-change': 'chatkit.thread.change',
  'chatlet-error': 'chatkit.error',
};

/** Dispatches ChatKit's events on the chat, beside ours. */
export function addEvents(chat) {
  for (const [ours, theirs] of Object.entries(events)) {
    chat.addEventListener(ours, (event) => {
      const detail = {
        ...(ours === 'chatlet-chat-change' && {threadId: event.chatId || null}),
        ...(ours === 'chatlet-error' && {error: event.error}),
      };
      chat.dispatchEvent(new CustomEvent(theirs, {detail}));
    });
  }
}

/** Returns the parts of the theme for which there is nothing. */
function setTheme(chat, theme) {
  const radius = radii[theme.radius];
  if (radius) chat.style.setProperty('--chatlet-radius', radius);
  const parts = [...leaves(theme)];
  for (const [name, value] of parts) if (colours[name]) chat.style.setProperty(colours[name], value);
  return parts.flatMap(([name]) => (colours[name] || /^(?:colorScheme|radius)$/.test(name) ? [] : [`theme.${name}`]));
}

/** Each option below an object by its dotted name. A list, a theme and whatever has a row above are values as a whole. */
function* leaves(value, name = '') {
  for (const [key, inner] of Object.entries(value)) {
    const path = name === '' ? key : `${name}.${key}`;
    const isValue = attributes[path] || typeof inner !== 'object' || inner === null || Array.isArray(inner);
    if (inner === undefined) continue;
    if (isValue) yield [path, inner];
    else yield* leaves(inner, path);
  }
}

function textOfPrompt({prompt, label}) {
  if (typeof prompt === 'string') return prompt;
  return prompt?.map(({text = ''}) => text).join(' ') || label;
}
