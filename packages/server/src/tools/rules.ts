/** What an operator's rules say about the tools of a server. Pure. */

/** It runs alone, the visitor is asked, or the model does not learn of it. */
export type Rule = 'allowed' | 'asked' | 'refused';

/** By a tool's name or a pattern like `delete-*`. */
export type Rules = Readonly<Record<string, Rule>>;

/** A name counts before patterns, and an earlier pattern before a later one. */
export function ruleFor(names: readonly string[], rules: Rules = {}): Rule | undefined {
  const name = names.find((each) => Object.hasOwn(rules, each));
  if (name !== undefined) return rules[name];
  const [, rule] = Object.entries(rules).find(([pattern]) => names.some((each) => fits(each, pattern))) ?? [];
  return rule;
}

/** Whether the name is like a pattern, in which `*` stands for any characters. A pattern without it fits no name. */
export function fits(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return parts.length > 1 && new RegExp(`^${parts.join('.*')}$`).test(name);
}
