/** Tools for the tests of approvals: one that acts, one that asks for a form, and one that only looks. */
import {type ChatServerConfig, NeedsInput, defineTool} from '@chatlet/server';
import {z} from 'zod';

type Tools = NonNullable<ChatServerConfig['tools']>;

/** `send` needs an approval and adds its input to `ran`; `book` asks for a form; `look` runs at once. */
export function actingTools(ran: unknown[]): Tools {
  const form = {type: 'object', properties: {city: {type: 'string'}}, required: ['city']};
  return [
    defineTool({
      name: 'send',
      description: 'Sends a message.',
      input: z.object({to: z.string()}),
      annotations: {destructiveHint: true},
      run: async (input) => {
        ran.push(input);
        return `Sent to ${input.to}.`;
      },
    }),
    defineTool({
      name: 'book',
      description: 'Books a room.',
      input: z.object({nights: z.number()}),
      needsApproval: false,
      run: async ({nights}, {asked}) => {
        if (!asked) throw new NeedsInput({ask: 'form', message: 'Where?', schema: form}, {nights});
        const {action, content} = asked.reply;
        ran.push({action, content, kept: asked.kept});
        return action === 'accept' ? `${nights} nights in ${JSON.stringify(content?.['city'])}` : 'Nothing was booked.';
      },
    }),
    defineTool({
      name: 'look',
      description: 'Looks.',
      input: z.object({}),
      annotations: {readOnlyHint: true},
      run: async () => 'seen',
    }),
  ];
}
