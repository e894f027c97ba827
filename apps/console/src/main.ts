import { systemClock } from '@sunbeon/kafka';
import { connect } from './connect.js';
import { serve } from './serve.js';

await serve(process, connect, systemClock);
