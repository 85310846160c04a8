# plant.pl <work folder> [--verify | <kernel>]...: for every selected line of mutants.txt a folder of sources with that bug,
# and its number, mode, kernel and name in the folder's list.txt. Fails unless each text stands exactly once in its file.
use strict;
use warnings;
my ($work, @selected) = @ARGV;
my $verify = grep { $_ eq '--verify' } @selected;
my %kernels = map { $_ => 1 } grep { $_ ne '--verify' } @selected;
my $table = 'src/test/mutants/mutants.txt';
open my $lines, '<', $table or die "$table: $!\n";
open my $list, '>', "$work/list.txt" or die "$work/list.txt: $!\n";
my $number = 0;
while (my $line = <$lines>) {
    chomp $line;
    next if $line eq '' || $line =~ /^#/;
    my $at = "$table:$.";
    my $starred = $line =~ s/^\* //;
    my @fields = split / \| /, $line, -1;
    die "$at: must have 6 fields, got " . @fields . "\n" if @fields != 6;
    my ($kernel, $name, $file, $old, $new, $mode) = @fields;
    next if $verify && !$starred || %kernels && !$kernels{$kernel};
    s/\\n/\n/g for $old, $new;
    my $source = (grep { -e $_ } "src/main/cuda/$file", "src/test/cuda/$file")[0] or die "$at: no file $file\n";
    local $/;
    open my $in, '<', $source or die "$source: $!\n";
    my $text = <$in>;
    my $found = () = $text =~ /\Q$old\E/g;
    die "$at: $name: must stand once in $file, found $found times: $old\n" if $found != 1;
    die "$at: $name: replaces a text by itself\n" if $old eq $new;
    my $folder = sprintf '%s/%03d/cuda', $work, ++$number;
    system('mkdir', '-p', $folder) == 0 && system("cp -l src/main/cuda/* src/test/cuda/* $folder") == 0 or die "$folder\n";
    unlink "$folder/$file";
    open my $out, '>', "$folder/$file" or die "$folder/$file: $!\n";
    $text =~ s/\Q$old\E/$new/;
    print $out $text;
    printf $list "%03d\t%s\t%s\t%s\n", $number, $mode, $kernel, $name;
}
die "mutants: no line for @selected\n" if !$number;
