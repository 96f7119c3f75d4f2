/** Prints the code that puts a configured chat on a page, for each way of writing pages. Pure. */

export interface Settings {
  readonly tag: 'chatlet-launcher' | 'chatlet-chat';
  /** Where the script comes from, without a slash at its end. */
  readonly server: string;
  /** By the attribute's name; only those that differ from their defaults. Lists, numbers and switches are values of their own. */
  readonly attributes: Readonly<Record<string, string | number | true | readonly string[]>>;
  /** CSS properties of the element, such as `--chatlet-accent`. */
  readonly looks: Readonly<Record<string, string>>;
}

/** The tags as @chatlet/react and @chatlet/vue name them. */
const components = {'chatlet-launcher': 'Launcher', 'chatlet-chat': 'Chat'} as const;

export const printers = {html: printHtml, react: printReact, vue: printVue} as const;

function printHtml({tag, server, attributes, looks}: Settings): string {
  const printed = Object.entries(attributes).map(([name, value]) => attribute(name, attributeValue(value)));
  return [
    `<script defer src="${server}/chatlet.js"></script>`,
    ...element({tag, attributes: printed, end: `></${tag}>`}),
    ...styleSheet(tag, looks, {open: '<style>', close: '</style>'}),
  ].join('\n');
}

function printReact({tag, server, attributes, looks}: Settings): string {
  const component = components[tag];
  const all: Settings['attributes'] = {endpoint: server, ...attributes};
  const printed = Object.entries(all).map(([attributeName, value]) => {
    const name = attributeName.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (value === true) return name;
    const isPlain = typeof value === 'string' && !/["\\&{}\n]/.test(value);
    return isPlain ? `${name}="${value}"` : `${name}={${JSON.stringify(value)}}`;
  });
  const chat = element({tag: component, attributes: printed, end: '/>'});
  const style = styleSheet(tag, looks, {open: '<style>{`', close: '`}</style>'});
  return [
    `import {${component}} from '@chatlet/react';`,
    '',
    'export function Help() {',
    '  return (',
    ...indent(4, style.length > 0 ? ['<>', ...indent(2, [...chat, ...style]), '</>'] : chat),
    '  );',
    '}',
  ].join('\n');
}

function printVue({tag, server, attributes, looks}: Settings): string {
  const component = components[tag];
  const all: Settings['attributes'] = {endpoint: server, ...attributes};
  const printed = Object.entries(all).map(([name, value]) =>
    typeof value === 'object' || typeof value === 'number'
      ? attribute(`:${name}`, JSON.stringify(value))
      : attribute(name, attributeValue(value)),
  );
  return [
    '<script setup>',
    `import {${component}} from '@chatlet/vue';`,
    '</script>',
    '',
    '<template>',
    ...indent(2, element({tag: component, attributes: printed, end: '/>'})),
    '</template>',
    ...styleSheet(tag, looks, {open: '\n<style>', close: '</style>'}),
  ].join('\n');
}

/** In one line if it is short, else with a line for each attribute. */
function element({
  tag,
  attributes,
  end,
}: {
  readonly tag: string;
  readonly attributes: readonly string[];
  readonly end: string;
}): readonly string[] {
  const line = [`<${tag}`, ...attributes].join(' ') + (end === '/>' ? ' ' : '') + end;
  return line.length <= 100 ? [line] : [`<${tag}`, ...indent(2, attributes), end];
}

/** An inline chat needs a height as well, since it fills its box. */
function styleSheet(
  tag: Settings['tag'],
  looks: Settings['looks'],
  {open, close}: {readonly open: string; readonly close: string},
): readonly string[] {
  const box = tag === 'chatlet-chat' ? {display: 'block', 'block-size': '600px'} : {};
  const rules = Object.entries({...box, ...looks}).map(([name, value]) => `    ${name}: ${value};`);
  return rules.length === 0 ? [] : [open, `  ${tag} {`, ...rules, '  }', close];
}

/** An attribute as text: lists are JSON, a switch that is on is empty. */
export function attributeValue(value: Settings['attributes'][string]): string {
  if (value === true) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function attribute(name: string, value: string): string {
  if (value === '') return name;
  const escaped = value.replaceAll('&', '&amp;');
  return escaped.includes('"') && !escaped.includes("'")
    ? `${name}='${escaped}'`
    : `${name}="${escaped.replaceAll('"', '&quot;')}"`;
}

function indent(width: number, lines: readonly string[]): readonly string[] {
  return lines.map((line) => ' '.repeat(width) + line);
}
