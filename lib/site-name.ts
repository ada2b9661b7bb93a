/** What pages, mails and consent call this site. */
export const siteName = () => 'Latchkey'
