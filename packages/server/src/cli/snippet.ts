/** `chatlet-server snippet`: prints the two lines for a page, with the hash that lets a browser refuse any other script. */
import {embedding} from '../embedding.ts';
import type {Command} from './command.ts';

export const snippet: Command = {
  name: 'snippet',
  options: {origin: {value: 'URL'}},
  notes:
    'snippet prints the tags for your pages. Its integrity holds for this version of the script: print them again after an update, or leave integrity out.',
  async run({env, options}) {
    const origin = (options['origin'] ?? `http://localhost:${env['PORT'] ?? 8000}`).replace(/\/$/, '');
    const {file, integrity} = embedding();
    return {
      out: [
        `<script defer src="${origin}${file}" integrity="${integrity}" crossorigin></script>`,
        '<chatlet-launcher></chatlet-launcher>',
      ],
    };
  },
};
