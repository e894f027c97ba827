import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { emailSend } from '@sunbeon/contracts';
import type { OutputOf, PayloadOf, TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { createTransport, type Transporter } from 'nodemailer';
import { CONSUMER_CONFIG, type ConsumerConfig } from '../config.js';

@Injectable()
export class EmailHandler implements OnModuleDestroy {
  readonly #smtp: Transporter;

  constructor(@Inject(CONSUMER_CONFIG) config: ConsumerConfig) {
    this.#smtp = createTransport(config.smtpUrl, { from: 'Sunbeon <sunbeon@localhost>' });
  }

  @Handles(emailSend)
  async send(mail: PayloadOf<typeof emailSend>, { id }: TaskContext): Promise<OutputOf<typeof emailSend>> {
    // The same task has the same Message-ID, so a second delivery can be told from a second mail.
    const sent = (await this.#smtp.sendMail({ ...mail, messageId: `<${id}@sunbeon>` })) as { messageId: string };
    return { messageId: sent.messageId };
  }

  onModuleDestroy(): void {
    this.#smtp.close();
  }
}
