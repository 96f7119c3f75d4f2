/** What both MCP servers that ask people have in common. For tests. */
import {z} from 'zod';

/** Effects of all calls in this process. */
export const counts = {booked: 0, cancelled: 0};

export const replySchema = z.object({action: z.string(), content: z.record(z.string(), z.unknown()).optional()});

export const booking = {
  mode: 'form' as const,
  message: 'Where do you want to stay?',
  requestedSchema: {
    type: 'object' as const,
    properties: {
      city: {type: 'string' as const, title: 'City'},
      nights: {type: 'integer' as const, title: 'Nights', minimum: 1, maximum: 30, default: 1},
      size: {type: 'string' as const, title: 'Room', enum: ['small', 'large']},
      breakfast: {type: 'boolean' as const, title: 'Breakfast'},
    },
    required: ['city'],
  },
};

export const payment = {message: 'Pay for the room.', url: 'https://pay.example.com/room?id=1'};
export const lure = {message: 'Look here.', url: 'http://pay.example.com/'};
export const pry = {
  mode: 'form' as const,
  message: 'Who are you?',
  requestedSchema: {type: 'object' as const, properties: {password: {type: 'string' as const}}},
};

export const manual = [
  {type: 'resource', resource: {uri: 'inn://manual', text: 'Turn the key twice.'}},
  {
    type: 'resource_link',
    uri: 'https://inn.example.com/map',
    name: 'map',
    title: 'The map',
    description: 'Of the house.',
  },
] as const;

/** The result of a prompt with several messages. */
export const breakfast = {
  messages: [
    {role: 'user' as const, content: {type: 'text' as const, text: 'What is for breakfast?'}},
    {
      role: 'user' as const,
      content: {type: 'resource' as const, resource: {uri: 'inn://menu', text: 'Bread, tea'}},
    },
  ],
};
