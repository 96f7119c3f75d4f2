/** Writes the results as Markdown. */
import type {Measured, Recall} from './measure.ts';

export interface Result {
  readonly contestant: string;
  readonly own: Measured;
  readonly all: Measured;
}

export interface Run {
  readonly chunks: number;
  readonly pages: number;
  readonly results: readonly Result[];
  /** Where it ran, and what else did. */
  readonly machine: string;
}

export function report({chunks, pages, results, machine}: Run): string {
  return [
    '# How well the answer is found',
    '```sh\nnpm run bench:retrieval\n```',
    `523 questions that people asked about Perl, Python, SQLite and Git, and ${chunks} chunks of ${pages} pages of their ` +
      'manuals, from the Debian packages `perl-doc`, `git-doc`, `python3.11-doc` and `sqlite3-doc`, downloaded by the ' +
      'benchmark. The heading of an answer, which is the question, is not indexed, so the numbers are lower than on a ' +
      'site that keeps its headings. A number is the share of questions whose answer is among the first so many chunks; ' +
      '_page@5_: a page with the answer is among the first five pages; _12 + n_: the answer is among twelve chunks and ' +
      'their neighbours, which is what a model gets.',
    'How much words in titles and headings count was chosen among five settings by the questions about Perl and Python. ' +
      '_Held back_ are all others, and each third of these.',
    machine,
    '## Targets',
    targets(results),
    '## Only the documents of the product that is asked about',
    table(results.map(({contestant, own}) => [contestant, own])),
    '## The documents of all four products',
    table(results.map(({contestant, all}) => [contestant, all])),
    '## By questions, only their own documents',
    groups(results),
    '',
  ].join('\n\n');
}

function table(rows: readonly (readonly [name: string, measured: Measured])[]): string {
  return markdownTable(
    ['', '@1', '@5', '@10', '@50', 'page@5', '12 + n', 'ms', 'p99', 'CPU p99'],
    rows.map(([name, {all, time, cpu}]) => [
      name,
      ...recalls(all),
      time.median.toFixed(1),
      time.p99.toFixed(1),
      cpu.p99.toFixed(1),
    ]),
  );
}

function groups(results: readonly Result[]): string {
  const names = {tunedOn: 'tuned on', heldBack: 'held back', sqlite: 'of these sqlite', git: 'of these git'} as const;
  return markdownTable(
    ['', 'questions', '@1', '@5', '@10', '@50', 'page@5', '12 + n'],
    results.flatMap(({contestant, own}) =>
      (['tunedOn', 'heldBack', 'sqlite', 'git'] as const).map((group) => [
        `${contestant}, ${names[group]}`,
        String(own[group].questions),
        ...recalls(own[group]),
      ]),
    ),
  );
}

function recalls({at1, at5, at10, at50, pageAt5, withNeighbours}: Recall): readonly string[] {
  return [at1, at5, at10, at50, pageAt5, withNeighbours].map((share) => share.toFixed(3));
}

function targets(results: readonly Result[]): string {
  const ours = results.find(({contestant}) => contestant === 'ours');
  if (!ours) return 'Not measured.';
  const {own, all} = ours;
  const rows: readonly (readonly [what: string, value: number, least: number])[] = [
    ['@5, own documents', own.all.at5, 0.52],
    ['@50, own documents', own.all.at50, 0.77],
    ['page@5, own documents', own.all.pageAt5, 0.69],
    ['12 + n, own documents', own.all.withNeighbours, 0.65],
    ['@5, all documents', all.all.at5, 0.44],
  ];
  const slowest = Math.max(own.time.p99, all.time.p99);
  return markdownTable(
    ['what', 'value', 'target', ''],
    [
      ...rows.map(([what, value, least]) => [what, value.toFixed(3), `≥ ${least}`, value >= least ? 'pass' : 'miss']),
      ['p99 of a search', `${slowest.toFixed(1)} ms`, '≤ 20 ms', slowest <= 20 ? 'pass' : 'miss'],
    ],
  );
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
