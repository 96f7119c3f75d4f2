/**
 * The tools of a server with the demo model and no tools of its operator: with them a newcomer sees, without a network, a
 * call that runs, one that is done, one that fails, one that waits for a yes, and one that asks by a form.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {ChatError} from '@chatlet/protocol';
import {z} from 'zod';
import {NeedsInput, type Tool} from '../engine/tool.ts';
import {calculator} from './calculator.ts';
import {defineTool} from './define-tool.ts';

export function offlineTools(): readonly Tool[] {
  return [calculator(), recordedWeather(), bell(), seat()];
}

/** As Open-Meteo told it at noon on the day. */
const recorded: Readonly<Record<string, {readonly sky: string; readonly temperature: number; readonly wind: number}>> =
  {
    'San Francisco': {sky: 'partly cloudy', temperature: 14.2, wind: 11.5},
    Berlin: {sky: 'overcast', temperature: 4.1, wind: 17.3},
    Tokyo: {sky: 'clear', temperature: 12.8, wind: 8.6},
    Nairobi: {sky: 'rain showers', temperature: 23.5, wind: 14.2},
  };

/** Milliseconds that a lookup takes, so that its call can be seen while it runs. */
const lookupTime = 1_200;

function recordedWeather(): Tool {
  const places = Object.keys(recorded);
  return defineTool({
    name: 'weather',
    description: `Tells the weather of a place, as it was on 29 November 2026: ${places.join(', ')}.`,
    input: z.object({place: z.string().min(1).max(200).describe('A city, such as San Francisco')}),
    annotations: {readOnlyHint: true},
    async run({place}, {signal}) {
      await sleep(lookupTime, undefined, {signal});
      const name = places.find((each) => each.toLowerCase() === place.trim().toLowerCase());
      const now = name === undefined ? undefined : recorded[name];
      if (!now) throw new ChatError('not-found', `There is no place "${place}" in the recorded weather.`);
      return {place: name, recorded: '2026-11-29', units: {temperature: '°C', wind: 'km/h'}, now};
    },
  });
}

function bell(): Tool {
  return defineTool({
    name: 'ring-bell',
    description: 'Rings the bell of the people behind this site. The visitor must allow it.',
    input: z.object({times: z.int().min(1).max(10).describe('How often')}),
    run: async ({times}) =>
      `The bell has rung ${times === 1 ? 'once' : `${times} times`}. In this demo nobody hears it.`,
  });
}

const seatForm = {
  type: 'object',
  properties: {
    name: {type: 'string', title: 'Name', maxLength: 100},
    seats: {type: 'integer', title: 'Seats', minimum: 1, maximum: 12, default: 2},
    place: {type: 'string', title: 'Place', enum: ['inside', 'garden'], default: 'inside'},
  },
  required: ['name', 'seats'],
};

const answeredForm = z.object({name: z.string(), seats: z.number(), place: z.string().default('inside')});

function seat(): Tool {
  return defineTool({
    name: 'reserve-seat',
    description: 'Reserves seats in the café of this site. It asks the visitor for the details by a form.',
    input: z.object({}),
    needsApproval: false,
    async run(_, {asked}) {
      if (!asked) throw new NeedsInput({ask: 'form', message: 'For whom are the seats?', schema: seatForm});
      if (asked.reply.action === 'decline') return 'No seat was reserved.';
      const {name, seats, place} = answeredForm.parse(asked.reply.content);
      return `Seats ${place} for ${name}: ${seats}. In this demo nobody keeps them free.`;
    },
  });
}
