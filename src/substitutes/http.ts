// All that speaks HTTP, which is loaded when there is something to say (load-http.ts).
export { openGatewayServer } from './gateway/serve.ts';
export { measureServers } from './measure.ts';
