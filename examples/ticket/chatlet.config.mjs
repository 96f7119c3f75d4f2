/** The chat server's configuration: whoever asks needs a ticket of the page's own server. */
import {isValidTicket} from './ticket.mjs';

const secret = process.env.TICKET_SECRET ?? 'a secret that site and chat share';

export default {
  admit(req) {
    // Reading needs no ticket: the page shows the greeting and the models before it has one.
    if (req.method === 'GET' || isValidTicket(secret, req.get('x-ticket'))) return undefined;
    return {status: 403, message: 'Reload the page to ask: its ticket is missing or has expired.'};
  },
};
