// On the module path of every Java of the machine, and of a runtime that jlink made. The classes of this library are modules of their jars' names
// for the module system ("automatic"), and natives come in modules that nobody names: therefore ALL-MODULE-PATH. Nobody names jdk.jfr either. Java before 22 can call the
// function that sets OpenMP's threads only where the package is open; the other way is OMP_NUM_THREADS=1.
def model = new File(basedir, '../../model'), photo = new File(basedir, '../../../rocket.jpg')
def javas = [new File(System.getProperty('java.home'))]
javas += (new File('/usr/lib/jvm').listFiles() ?: []).collect { it.canonicalFile }.unique().findAll {
    new File(it, 'bin/javac').exists() && it != javas[0].canonicalFile
}
def execute = { List command ->
    def process = command*.toString().execute()
    def said = new StringBuffer()
    process.waitForProcessOutput(said, said)
    println "${command[0]}\n$said"
    assert process.exitValue() == 0
}
def image = new File(basedir, 'target/runtime')
execute(["${javas[0]}/bin/jlink", '--add-modules', 'java.base,java.desktop,java.logging,java.xml,jdk.unsupported,jdk.jfr', '--output', image])
(javas + image).each { java ->
    def clip = new File(basedir, "target/${java.name}.mp4")
    execute(["$java/bin/java", '-XX:TieredStopAtLevel=1', '--add-opens', 'org.bytedeco.javacpp/org.bytedeco.javacpp=io.fsvideo.core',
             '-p', "$basedir/target/modules${File.pathSeparator}$basedir/target/modular-1.jar", '--add-modules', 'ALL-MODULE-PATH,jdk.jfr',
             '-m', 'com.example.modular/com.example.modular.Animate', model, photo, clip])
    assert clip.bytes[4..7] as byte[] == 'ftyp'.bytes
}
return true
