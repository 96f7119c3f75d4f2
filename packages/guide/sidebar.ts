/** The pages in the order in which they are read. The names are those of the files in `pages`. */
export interface Group {
  readonly label: string;
  readonly pages: readonly string[];
}

export const sidebar: readonly Group[] = [
  {label: 'Start', pages: ['index', 'website', 'react', 'vue', 'backend']},
  {
    label: 'The element',
    pages: ['embedding', 'theming', 'languages', 'events', 'diagrams', 'other-backends', 'components'],
  },
  {
    label: 'The server',
    pages: ['server', 'models', 'configuration', 'sign-in', 'plans', 'retrieval', 'tools', 'moderation', 'person'],
  },
  {label: 'In production', pages: ['linux', 'running', 'scaling', 'security', 'privacy', 'performance']},
  {label: 'APIs', pages: ['clients', 'paths', 'api', 'protocol', 'dialects', 'api-choices']},
  {label: 'Moving here', pages: ['from-deep-chat', 'from-n8n', 'from-chatkit']},
  {label: 'More', pages: ['examples']},
];
