// The one jar with everything in it, on the Java that builds and on every other one of the machine.
def model = new File(basedir, '../../model'), photo = new File(basedir, '../../../rocket.jpg')
def javas = [new File(System.getProperty('java.home'))]
javas += (new File('/usr/lib/jvm').listFiles() ?: []).collect { it.canonicalFile }.unique().findAll {
    new File(it, 'bin/javac').exists() && it != javas[0].canonicalFile
}
javas.each { java ->
    def clip = new File(basedir, "target/${java.name}.mp4")
    def run = ["$java/bin/java", '-XX:TieredStopAtLevel=1', '-jar', "$basedir/target/plain-1-all.jar", "$model", "$photo", "$clip"].execute()
    def said = new StringBuffer()
    run.waitForProcessOutput(said, said)
    println "$java\n$said"
    assert run.exitValue() == 0 && clip.bytes[4..7] as byte[] == 'ftyp'.bytes
}
return true
