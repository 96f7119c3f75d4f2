/** A configuration of our server as it is measured: everything is on, and the limits are counted but never reached. */
import type {ChatServerConfig} from '@chatlet/server';

export default {plans: [{name: 'bench', perMinute: 1_000_000, perHour: 1_000_000}]} satisfies ChatServerConfig;
