/** A tool that tells the weather, by Open-Meteo (https://open-meteo.com/en/docs), which needs no key. */
import {ChatError} from '@chatlet/protocol';
import {z} from 'zod';
import type {Tool} from '../engine/tool.ts';
import {openService} from './ask-service.ts';
import {defineTool} from './define-tool.ts';

/** Where the weather is asked for. */
export interface WeatherOptions {
  /** The forecast's service; `https://api.open-meteo.com` by default. */
  readonly forecastUrl?: string;
  /** The service that finds places; `https://geocoding-api.open-meteo.com` by default. */
  readonly placesUrl?: string;
  /** For the paid service. */
  readonly apiKey?: string;
}

const places = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        country: z.string().optional(),
        admin1: z.string().optional(),
        latitude: z.number(),
        longitude: z.number(),
      }),
    )
    .optional(),
});

const forecast = z.object({
  timezone: z.string(),
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    apparent_temperature: z.number().nullish(),
    relative_humidity_2m: z.number().nullish(),
    wind_speed_10m: z.number().nullish(),
    weather_code: z.number(),
  }),
  daily: z.object({
    time: z.array(z.string()),
    temperature_2m_min: z.array(z.number().nullable()),
    temperature_2m_max: z.array(z.number().nullable()),
    precipitation_probability_max: z.array(z.number().nullable()),
    weather_code: z.array(z.number().nullable()),
  }),
});

/** Creates a tool that tells the weather, by Open-Meteo. */
export function weather({
  forecastUrl = 'https://api.open-meteo.com',
  placesUrl = 'https://geocoding-api.open-meteo.com',
  apiKey,
}: WeatherOptions = {}): Tool {
  const finder = openService({name: 'The service that finds places', baseUrl: placesUrl});
  const forecaster = openService({name: 'The weather service', baseUrl: forecastUrl});
  const key = apiKey !== undefined && {apikey: apiKey};
  return defineTool({
    name: 'weather',
    description: 'Tells the current weather of a place, and the forecast of three days.',
    input: z.object({place: z.string().min(1).max(200).describe('A city, such as San Francisco')}),
    annotations: {readOnlyHint: true},
    async run({place}, {signal}) {
      const found = places.parse(
        await finder.askForJson('/v1/search', {name: place, count: '1', format: 'json', ...key}, {signal}),
      );
      const [best] = found.results ?? [];
      if (!best) throw new ChatError('not-found', `There is no place "${place}".`);
      const {timezone, current, daily} = forecast.parse(
        await forecaster.askForJson(
          '/v1/forecast',
          {
            latitude: String(best.latitude),
            longitude: String(best.longitude),
            current: 'temperature_2m,apparent_temperature,relative_humidity_2m,wind_speed_10m,weather_code',
            daily: 'temperature_2m_min,temperature_2m_max,precipitation_probability_max,weather_code',
            forecast_days: '3',
            timezone: 'auto',
            ...key,
          },
          {signal},
        ),
      );
      return {
        place: [best.name, best.admin1, best.country].filter((part) => part !== undefined).join(', '),
        timezone,
        units: {temperature: '°C', wind: 'km/h', humidity: '%', chanceOfRain: '%'},
        now: {
          time: current.time,
          sky: describeSky(current.weather_code),
          temperature: current.temperature_2m,
          feelsLike: current.apparent_temperature,
          humidity: current.relative_humidity_2m,
          wind: current.wind_speed_10m,
        },
        days: daily.time.map((date, day) => ({
          date,
          sky: describeSky(daily.weather_code[day]),
          lowest: daily.temperature_2m_min[day],
          highest: daily.temperature_2m_max[day],
          chanceOfRain: daily.precipitation_probability_max[day],
        })),
      };
    },
  });
}

/** The codes of the WMO's table 4677 that Open-Meteo uses, each up to the next one. */
const skies: readonly (readonly [from: number, sky: string])[] = [
  [0, 'clear'],
  [1, 'mainly clear'],
  [2, 'partly cloudy'],
  [3, 'overcast'],
  [45, 'fog'],
  [51, 'drizzle'],
  [56, 'freezing drizzle'],
  [61, 'rain'],
  [66, 'freezing rain'],
  [71, 'snow'],
  [80, 'rain showers'],
  [85, 'snow showers'],
  [95, 'thunderstorm'],
  [96, 'thunderstorm with hail'],
];

function describeSky(code: number | null | undefined): string | undefined {
  return code === null || code === undefined ? undefined : skies.findLast(([from]) => from <= code)?.[1];
}
