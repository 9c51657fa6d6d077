// What each way to people needs to be told (docs/channels.md): its plain keys, and its secret ones. Those of `answers` are what
// it hears replies by.

interface Kind {
  settings: readonly string[];
  secrets: readonly string[];
  /** Keys that may be left empty. */
  optional: readonly string[];
}

export const KINDS: Readonly<Record<string, Kind>> = {
  wecom: { settings: ["url"], secrets: ["key"], optional: ["url"] },
  wecom_smart: { settings: ["bot_id", "chat"], secrets: ["secret"], optional: ["chat"] },
  dingtalk: {
    settings: ["url", "answers.client_id"],
    secrets: ["token", "secret", "answers.client_secret"],
    optional: ["url", "answers.client_id", "answers.client_secret"],
  },
  feishu: {
    settings: ["url", "answers.app_id"],
    secrets: ["hook", "secret", "answers.app_secret"],
    optional: ["url", "answers.app_id", "answers.app_secret"],
  },
  aliyun_voice: { settings: ["template"], secrets: ["key_id", "key_secret"], optional: [] },
  aliyun_sms: { settings: ["sign", "template"], secrets: ["key_id", "key_secret"], optional: [] },
  sms_modem: { settings: ["path"], secrets: ["pin"], optional: ["pin"] },
  mail: { settings: ["host", "sender", "username"], secrets: ["password"], optional: ["username", "password"] },
};
