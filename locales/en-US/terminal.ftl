# What is refused on the command line alone.

refusal-slot-unknown = { $model } takes no file as { $option }. It takes files as: { $allowed }.

# What the command line says where the usual refusal speaks of Discord.

terminal-model-unknown =
    There is no model “{ $given }”. { $nearest ->
        [none] “drover models” lists what there is.
       *[other] Did you mean { $nearest }? “drover models” lists what there is.
    }
terminal-model-text-only = { $model } writes text; it makes no pictures or videos. “drover models” lists those that do.
terminal-model-wrong-kind =
    { $makes ->
        [video] { $model } makes videos. Leave --kind out, or choose an image model.
       *[image] { $model } makes images. Leave --kind out, or choose a video model.
    }
terminal-model-gone =
    Oxen.ai has not offered { $model } since { $since }. { $nearest ->
        [none] “drover models” lists what there is.
       *[other] The nearest to it is { $nearest }; “drover models” lists what else there is.
    } Nothing was ordered.
terminal-model-audio-only = { $model } makes sounds; it makes no pictures or videos. “drover models” lists those that do.
terminal-option-missing = { $model } needs to be told { $option }. { $allowed ->
        [none] Give it with --param.
       *[other] Give it with --param; it may be: { $allowed }.
    }
terminal-not-a-link = { $option } cannot be “{ $given }”: it has to be an address that begins with https://. For a file of your own there is --input.
terminal-prompt-empty = There is nothing to show. Give it with --prompt.
terminal-prompt-or-shots = There is neither a prompt nor a shot. Give --prompt, or --shots with a model that takes multi_prompt.
terminal-prompt-and-shots = { $model } takes either a prompt or shots, never both. Leave --prompt or --shots out (as parameters: prompt or multi_prompt).
terminal-shots-unsupported = { $model } makes one shot at a time. “drover model” shows what a model takes; those with multi_prompt take a storyboard.
terminal-input-missing = { $model } needs { $kind ->
        [image] a picture
        [video] a video
       *[audio] a sound file
    } to work with. Give one with --input; “drover model” shows under which name.
terminal-input-unwanted = { $model } takes no { $kind ->
        [image] picture
        [video] video
       *[audio] sound
    } as { $option }. “drover model” shows what it takes.
terminal-last-frame-alone = { $model } needs a first frame to get to the last one. Give the first with --input too.
