import { Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from './duration'

/** What was typed: the request, not yet validated, and whether the answer is to be JSON. */
export interface Typed {
  noun: string
  verb: string
  options: Record<string, unknown>
  json: boolean
}

/** Where help and usage errors are written. */
interface Output {
  out(text: string): void
  err(text: string): void
}

/**
 * Reads the arguments that follow the program's name. Prints help where it is asked for. Throws commander's
 * CommanderError, already printed as one line: `exitCode` 0 after help, anything else for wrong usage.
 */
export function parseArguments(args: readonly string[], output: Output): Typed {
  let typed: Typed | undefined
  const program = new Command('latchkey')
    .description('Manages people, API keys and OAuth apps. Works beside a running server and without one.')
    .exitOverride()
    .configureOutput({
      writeOut: output.out,
      writeErr: output.err,
      // Commander puts its suggestions on a line of their own.
      outputError: (text, write) => write(`${text.trim().replace(/\n\s*/g, ' ')}\n`),
    })
  const noun = (name: string, description: string) => {
    const group = program.command(name).description(description)
    return (verb: string, description: string) =>
      group
        .command(verb)
        .description(description)
        .allowExcessArguments(false)
        .action((_, command: Command) => {
          const { json = false, expiresIn, ...options } = command.opts()
          if (expiresIn !== undefined) options.expiresIn = parseDuration(expiresIn)
          typed = { noun: name, verb, options, json }
        })
  }

  const users = noun('users', 'People who can sign in')
  users('create', 'Create a person, with a project of their own')
    .requiredOption('--email <address>', 'what they sign in with')
    .option(
      '--password <password>',
      'better left out: other users of this machine can see it. Left out or "-": asked for, or read from standard input',
    )
    .requiredOption('--name <name>', 'what others see')
    .option('--admin', 'may manage the whole site')
  users('list', 'List everybody')
  users('disable', 'Stop a person from signing in, and the keys they are responsible for').requiredOption(
    '--email <address>',
    'whom',
  )
  users(
    'reset-second-factor',
    'Remove the passkeys, authenticator app and recovery codes of a person who has lost them',
  ).requiredOption('--email <address>', 'whom')

  const keys = noun('keys', 'API keys')
  keys('create', 'Create an API key; its secret is shown this once')
    .requiredOption('--project <slug>', 'the project it belongs to')
    .requiredOption('--label <label>', 'what tells it from others')
    .option('--third-party <name>', 'who holds it; made when the project has none of that name')
    .option('--scopes <list>', 'what it may do, separated by commas', list)
    .option('--expires-in <duration>', '30d, 12h or never', duration)
    .option('--allow-key-management', 'allow scopes that hand on power over other keys')
    .option('--as <email>', "the responsible person; the project's longest-standing owner when left out")
  keys('list', 'List the API keys of a project').requiredOption('--project <slug>', 'which project')
  keys('revoke', 'Revoke an API key for good')
    .requiredOption('--id <id>', 'which key')
    .option('--reason <reason>', 'why, for the history')

  const apps = noun('apps', 'OAuth apps')
  apps('register', 'Register an app; its client secret is shown this once')
    .requiredOption('--project <slug>', 'the project it belongs to')
    .requiredOption('--name <name>', 'what people are shown when it asks them')
    .option('--redirect-uri <uri>', 'where people are sent back to; may be repeated', collect)
    .option('--public', 'runs where no secret can be kept, such as a browser or a phone')
    .addOption(new Option('--native', 'runs on the device of its user').conflicts('machine'))
    .option('--machine', 'acts for itself and never for a person')
    .option('--grant-types <list>', 'the ways to a token, separated by commas', list)
    .option('--scopes <list>', 'what it may ask for, separated by commas', list)
    .option('--first-party', "mark it as this site's own")
    .option('--access-ttl <seconds>', 'lifetime of access tokens', wholeNumber)
    .option('--refresh-ttl <seconds>', 'lifetime of refresh tokens', wholeNumber)
    .option('--machine-ttl <seconds>', "lifetime of the app's own tokens", wholeNumber)
    .option('--allow-key-management', 'allow its own tokens scopes that hand on power over keys and apps')
  apps('list', 'List the apps of a project').requiredOption('--project <slug>', 'which project')
  apps('disable', 'Stop an app and all its tokens').requiredOption('--id <client id>', 'which app')
  apps('enable', 'Let a disabled app work again').requiredOption('--id <client id>', 'which app')
  apps('rename', 'Give an app another name, also one that looks like this site’s')
    .requiredOption('--id <client id>', 'which app')
    .requiredOption('--name <name>', 'what people are shown when it asks them')
  apps('verify', 'Mark an app as verified').requiredOption('--id <client id>', 'which app')

  noun('projects', 'Projects')('rename', 'Give a project another name, also one that looks like this site’s')
    .requiredOption('--project <slug>', 'which project')
    .requiredOption('--name <name>', 'what people are shown when an app of it asks them')

  const audit = noun('audit', 'The log of who did what')
  audit('verify', 'Check that nothing in the log was changed, inserted or removed').option(
    '--head <number:hash>',
    'a head that was kept elsewhere, which the log must still contain',
  )
  audit('sign', 'Take the log as it stands for this site’s own, once you know what became of it').requiredOption(
    '--head <number:hash>',
    'its end, as audit verify prints it',
  )
  audit('export', 'Print the log as JSON Lines, oldest first').option(
    '--after <number>',
    'begin after this number',
    wholeNumber,
  )

  noun('oauth', 'The OAuth server')('rotate-keys', 'Make a new key for ID tokens; the old one stays valid for a day')

  noun('db', 'The database')('migrate', 'Bring the schema up to date')

  for (const group of program.commands) {
    for (const command of group.commands) command.option('--json', 'print one JSON document')
  }
  program.parse(args, { from: 'user' })
  if (!typed) throw new Error('commander ran no command')
  return typed
}

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const collect = (text: string, earlier: string[] = []) => [...earlier, text]

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Is not a whole number.')
  return Number(text)
}

/** Only checks: commander would make an empty text of the null that stands for never. */
function duration(text: string): string {
  try {
    parseDuration(text)
    return text
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
