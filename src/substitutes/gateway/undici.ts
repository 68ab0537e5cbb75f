// The parts of undici that a gateway needs. All of it (fetch, WebSocket, mocks, caches) takes twice as
// long to load, which is what the first substitute of a run would wait for.
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import redirect from 'undici/lib/interceptor/redirect.js';
import api from 'undici/lib/api/index.js';

// As undici's own index.js does.
Object.assign(Dispatcher.prototype, api);

export { Agent, Dispatcher, EnvHttpProxyAgent, redirect };
