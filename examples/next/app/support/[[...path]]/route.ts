/** The chat of this site below `/support`: its API, its script and nothing else. */
import {createChatFetch} from '@chatlet/server';

const {OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey} = process.env;
const chat = createChatFetch({
  path: '/support',
  // Next itself says who the caller is, as a proxy does.
  trustProxy: 1,
  ...(baseUrl && {openai: {baseUrl, ...(apiKey && {apiKey})}}),
});

const handle = (request: Request) => chat(request);

export {handle as GET, handle as POST, handle as PATCH, handle as DELETE, handle as OPTIONS};
