/** Writes the findings as Markdown. Knows no measurement. */
import {cpus} from 'node:os';
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import type {ContestantName} from './contestants.ts';
import type {Findings, Table, Values} from './findings.ts';
import {canPin} from './processes.ts';
import {verdicts} from './targets.ts';

export function markdownTable({columns, rows}: Pick<Table, 'columns' | 'rows'>): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function versionOf(name: string): string {
  // Not every package exports its manifest, so it is read from the folder.
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8'));
      if (typeof manifest === 'object' && manifest && 'version' in manifest) return String(manifest.version);
    } catch {
      // Not in this folder: try the next one.
    }
  }
  return '?';
}

/** The machine and the versions of a run. */
export function surroundings(): string {
  const packages = ['express', 'undici', 'eventsource-parser', 'openai', 'ai', '@ai-sdk/openai-compatible'];
  return [
    `- Node ${process.versions.node} on ${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`,
    canPin
      ? '- The measured server alone on core 0; upstream emulator and load generator on core 1.'
      : '- Processes could not be pinned to cores here: compare ratios with care.',
    `- ${packages.map((name) => `${name} ${versionOf(name)}`).join(', ')}`,
  ].join('\n');
}

export interface ReportOptions {
  readonly command: string;
  readonly names: readonly ContestantName[];
  readonly findings: readonly Findings[];
  /** Shares of the cores that other programs used before and after the run. */
  readonly others: readonly [before: number, after: number];
}

export function report({command, names, findings, others}: ReportOptions): string {
  const values: Record<string, Values> = Object.assign({}, ...findings.map((found) => found.values));
  const sections = [
    '# What the backend costs',
    `\`\`\`sh\n${command}\n\`\`\``,
    `${surroundings()}\n- Other programs used ${others.map((share) => `${(share * 100).toFixed(0)} %`).join(' of the cores before the run and ')} after it.`,
    'Numbers are medians of rounds taken in turns; ratios are within this run. CPU is what the server process itself counted, user and system, all threads. Every character of every answer was compared with the text that it must be.',
  ];
  const mounts: readonly (readonly [ContestantName, string])[] = [
    ['ours', 'Targets at `/api/chat`: identity, limits, turn log and SQLite on'],
    ['ours-v1', 'Targets at `/v1/chat/completions`: identity and limits on, nothing stored'],
    ['ours-responses', 'Targets at `/v1/responses`: responses are stored, in pieces while they are written'],
  ];
  for (const [name, title] of mounts) {
    if (!names.includes(name)) continue;
    const rows = verdicts(values, name).map(({number, what, value, target, verdict}) => [
      String(number),
      what,
      value,
      target,
      verdict,
    ]);
    sections.push(`## ${title}`, markdownTable({columns: ['#', 'what', 'value', 'target', ''], rows}));
  }
  for (const {tables, remarks = []} of findings) {
    for (const table of tables) sections.push(`## ${table.title}`, table.note, markdownTable(table));
    sections.push(...remarks);
  }
  return `${sections.join('\n\n')}\n`;
}
